import Model
import Testing

@Suite struct QuadTests {
  @Test func `the turn of a label is what makes it upright`() {
    let upright = Quad(left: 10, top: 20, right: 110, bottom: 60)
    #expect(upright.turn == 0)
    #expect(Quad(Point(110, 60), Point(10, 60), Point(10, 20), Point(110, 20)).turn == 180)
    // Its text runs downwards: the page was turned clockwise, so 270 more bring it back.
    #expect(Quad(Point(60, 10), Point(60, 110), Point(20, 110), Point(20, 10)).turn == 270)
    #expect(Quad(Point(20, 110), Point(20, 10), Point(60, 10), Point(60, 110)).turn == 90)
  }

  @Test func `two labels that touch are at no distance`() {
    let a = Quad(left: 0, top: 0, right: 10, bottom: 10)
    #expect(a.distance(to: Quad(left: 5, top: 5, right: 20, bottom: 20)) == 0)
    #expect(a.distance(to: Quad(left: 13, top: 14, right: 20, bottom: 20)) == 5)
  }
}
