// libFuzzer brings main(); see Package.swift.
