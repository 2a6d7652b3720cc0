import Glibc
import System

// A worker that breaks the rules, one at a time, and says over its channel what came of it. A program of its own, started by
// tests through the same code that starts Chartroom's workers: nothing in Chartroom itself can be made to misbehave.
//
// Usage: misbehaving-worker [confined] DEED [ARGUMENT]; "confined" puts it behind the filter first, as a worker does.

let channel = WorkerChannel()
/// F_SETSIG of fcntl(2): with F_SETOWN and O_ASYNC the kernel sends that signal to the owner as soon as the descriptor is ready.
let setSignal: Int32 = 10
var words = Array(CommandLine.arguments.dropFirst())

func say(_ text: String) { try? channel.send(Array(text.utf8)) }

/// What a system call said: `ok`, or the name of its error.
func told(_ result: Int) -> String {
  result >= 0 ? "ok" : errno == EPERM ? "EPERM" : errno == EMFILE ? "EMFILE" : "errno \(errno)"
}

if words.first == "confined" {
  words.removeFirst()
  let confinement = confineWorker()
  guard confinement == .confined else {
    say("\(confinement)")
    exit(0)
  }
}
let deed = words.first ?? ""
let argument = words.dropFirst().first ?? ""

switch deed {
case "take memory":
  // Touched, so that it is not only address space.
  var pieces: [UnsafeMutableRawPointer] = []
  pieces.reserveCapacity(256)
  while pieces.count < 256, let piece = malloc(16 << 20) {
    memset(piece, Int32(pieces.count), 16 << 20)
    pieces.append(piece)
  }
  say("\(pieces.count * 16) MiB")
case "burn":
  var x: UInt64 = 1
  while x != 0 { x = x &* 6_364_136_223_846_793_005 &+ 1 }
  say("\(x)")
case "open files":
  var count = 0
  while open("/dev/null", O_RDONLY) >= 0, count < 10_000 { count += 1 }
  say("\(count)")
case "sleep": sleep(1000)
case "keep a worker":
  // Here it is the parent: says its worker's process id on its standard output, and waits to be killed.
  let spawner = try WorkerSpawner()
  let worker = try WorkerProcess(spawner: spawner, arguments: ["sleep"])
  print(worker.id, terminator: "")
  fflush(nil)
  sleep(1000)
  withExtendedLifetime((spawner, worker)) {}
case "die": abort()
case "open": say(told(Int(open(argument, O_RDONLY))))
case "create": say(told(Int(open(argument, O_WRONLY | O_CREAT, 0o600))))
case "remove": say(told(Int(unlink(argument))))
case "connect": say(told(Int(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))))
case "listen": say(told(Int(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))))
case "kill the parent": say(told(Int(kill(getppid(), SIGTERM))))
case "own a descriptor for the parent":
  say(told(Int(fcntl(3, F_SETOWN, getppid()))))
case "name a signal": say(told(Int(fcntl(3, setSignal, SIGKILL))))
case "be told of what comes": say(told(Int(fcntl(3, F_SETFL, O_ASYNC | O_RDWR))))
case "raise its limits":
  var limit = rlimit(rlim_cur: 1_000_000, rlim_max: 1_000_000)
  say(told(Int(setrlimit(numericCast(RLIMIT_NOFILE.rawValue), &limit))))
case "run code":
  let page = mmap(nil, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  say(page == MAP_FAILED ? told(-1) : "ok")
case "make memory code":
  let page = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  say(told(Int(mprotect(page, 4096, PROT_READ | PROT_EXEC))))
case "start a program":
  var process = pid_t()
  let failure = posix_spawn(&process, "/bin/true", nil, nil, [strdup("true"), nil], nil)
  say(failure == 0 ? "ok" : failure == EPERM ? "EPERM" : "errno \(failure)")
case "start a thread":
  var thread = pthread_t()
  let failure = pthread_create(&thread, nil, { _ in nil }, nil)
  say(failure == 0 ? "ok" : failure == EPERM ? "EPERM" : "errno \(failure)")
case "honest work":
  let bytes = [UInt8](repeating: 7, count: 10 << 20).reduce(0) { $0 &+ Int($1) }
  say("\(bytes)")
// Wrong answers, to whatever is asked.
case "answer":
  while let _ = try? channel.receive() {
    switch argument {
    case "garbage": try? channel.send([0xFF, 0x00, 0x7B])
    case "nothing": try? channel.send([])
    case "deep": say(String(repeating: "[", count: 1_000_000))
    case "another page": say(#"{"index":77,"milliseconds":1,"reading":{}}"#)
    case "many": for _ in 0..<100_000 { say("{}") }
    case "half": _ = ([3, 0, 0, 0, 65] as [UInt8]).withUnsafeBytes { write(3, $0.baseAddress, 5) }
    default: exit(0)
    }
  }
default: exit(64)
}
