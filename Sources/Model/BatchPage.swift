/// One page of a batch with everything known about it before documents are made: Assembling's input.
public struct BatchPage: Hashable, Sendable, Codable {
  /// From 1 over the whole batch, in order of arrival.
  public var page: Int
  /// Index into the batch's sources, from 0.
  public var source: Int
  /// Frame in its file, from 0.
  public var frame: Int
  public var reading: PageReading
  /// Labels after the grammar: from the page in reading order, then the sidecar's.
  public var labels: [Label]
  /// Set when its source repeats bytes already taken: the page takes no part in assembling.
  public var isDuplicate: Bool
  public init(page: Int, source: Int, frame: Int, reading: PageReading, labels: [Label] = [], isDuplicate: Bool = false)
  {
    self.page = page
    self.source = source
    self.frame = frame
    self.reading = reading
    self.labels = labels
    self.isDuplicate = isDuplicate
  }
}
