import Assembling
import Model
import Testing

@Suite struct RotationTests {
  private func label(_ meaning: LabelMeaning, turn: Int, origin: LabelOrigin = .page) -> Label {
    let corners = [Point(0, 0), Point(90, 0), Point(90, 30), Point(0, 30)]
    // A label whose viewer must turn the page by 90 reads upwards on it.
    let order = [0: [0, 1, 2, 3], 180: [2, 3, 0, 1]][turn]
    let quad =
      order.map { Quad(corners[$0[0]], corners[$0[1]], corners[$0[2]], corners[$0[3]]) }
      ?? (turn == 90
        ? Quad(Point(0, 90), Point(0, 0), Point(30, 0), Point(30, 90))
        : Quad(Point(30, 0), Point(30, 90), Point(0, 90), Point(0, 0)))
    return Label(symbology: .code128, text: nil, entry: meaning.rawValue, meaning: meaning, quad: quad, origin: origin)
  }

  @Test(
    arguments: [
      (1, nil, false), (2, 0, true), (3, 180, false), (4, 180, true), (5, 270, true), (6, 90, false), (7, 90, true),
      (8, 270, false),
      (0, nil, false), (9, nil, false),
    ] as [(Int, Int?, Bool)])
  func `the Orientation tag tells how to turn and mirror`(_ tag: Int, _ rotation: Int?, _ mirrored: Bool) {
    let result = pageRotation(orientation: tag, labels: [])
    #expect(result.rotation == rotation)
    #expect(result.mirrored == mirrored)
  }

  @Test(arguments: [0, 90, 180, 270], [LabelMeaning.type, .page, .separator])
  func `a printed label tells how the page lies, and wins over the tag`(_ turn: Int, _ meaning: LabelMeaning) {
    #expect(pageRotation(orientation: 1, labels: [label(meaning, turn: turn)]).rotation == turn)
    #expect(pageRotation(orientation: 6, labels: [label(meaning, turn: turn)]).rotation == turn)
  }

  @Test(arguments: [LabelMeaning.patient, .encounter])
  func `a stuck patient label never turns a page`(_ meaning: LabelMeaning) {
    #expect(pageRotation(orientation: 1, labels: [label(meaning, turn: 180)]).rotation == nil)
    #expect(pageRotation(orientation: 8, labels: [label(meaning, turn: 180)]).rotation == 270)
  }

  @Test func `printed labels that disagree tell nothing`() {
    let labels = [label(.type, turn: 0), label(.page, turn: 180)]
    #expect(pageRotation(orientation: 1, labels: labels).rotation == nil)
    #expect(pageRotation(orientation: 3, labels: labels).rotation == 180)
  }
}
