/// The release that decided, as manifests name it (`decidedBy.chartroom`).
public let chartroomVersion = "0.1.0"
