// Programs by a few signs that packing and injecting leave. Names of functions are only clues:
// severity stays low unless they come together.

rule program_injects {
  meta:
    id = "program_injects"
    title = "a program that writes code into other programs"
    severity = "medium"
    confidence = 60
    types = "pe"
  strings:
    $write = "WriteProcessMemory" fullword
    $thread = "CreateRemoteThread" fullword
    $alloc = "VirtualAllocEx" fullword
  condition:
    all of them
}

rule program_packed_upx {
  meta:
    id = "program_packed_upx"
    title = "a program packed with UPX"
    severity = "low"
    confidence = 80
    types = "pe,elf"
  strings:
    $upx = "UPX!"
    $section = "UPX1"
  condition:
    $upx and ($section or file_type == "elf")
}

rule elf_miner_or_bot {
  meta:
    id = "elf_miner_or_bot"
    title = "a Linux program that speaks a mining or bot protocol"
    severity = "high"
    confidence = 75
    types = "elf"
  strings:
    $pool = "stratum+tcp://"
    $miner = "\"method\":\"mining." nocase
    $busybox = "/bin/busybox" 
    $watchdog = "/dev/watchdog"
    $tcp = "/proc/net/tcp"
  condition:
    $pool or $miner or ($busybox and $watchdog and $tcp)
}
