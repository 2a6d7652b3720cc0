import Testing

/// One sentence about what every store of a protocol must do. A suite is a list of them: a new store proves itself by
/// running the list.
///
/// `open` gives another instance on the same storage at each call, as another process would have it; the storage is
/// new for each case.
struct ConformanceCase<Store: Sendable>: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let run: @Sendable (_ open: @Sendable () throws -> Store) async throws -> Void

  init(_ sentence: String, _ run: @escaping @Sendable (_ open: @Sendable () throws -> Store) async throws -> Void) {
    testDescription = sentence
    self.run = run
  }
}

/// Expects exactly this error.
func expect<E: Error & Equatable>(
  _ error: E, sourceLocation: SourceLocation = #_sourceLocation, from body: () async throws -> Void
) async {
  do {
    try await body()
    Issue.record("expected \(error)", sourceLocation: sourceLocation)
  } catch let found as E {
    #expect(found == error, sourceLocation: sourceLocation)
  } catch {
    Issue.record("expected another error than \(error)", sourceLocation: sourceLocation)
  }
}
