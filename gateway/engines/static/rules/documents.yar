// Documents that carry or prepare what a document has no reason for.

private rule is_program {
  condition:
    uint16(0) == 0x5A4D
}

rule program_in_document {
  meta:
    id = "program_in_document"
    title = "a Windows program lies inside of the document"
    severity = "high"
    confidence = 80
    types = "ole-doc,ole-xls,ole-ppt,ole,rtf,pdf,onenote,html,svg"
  strings:
    $stub = "This program cannot be run in DOS mode"
    $stub_hex = "546869732070726f6772616d2063616e6e6f742062652072756e20696e20444f53206d6f6465" nocase
  condition:
    not is_program and any of them
}

rule onenote_program {
  meta:
    id = "onenote_program"
    title = "a notebook with an embedded script or program"
    severity = "high"
    confidence = 75
    types = "onenote"
  strings:
    // FileDataStoreObject ([MS-ONESTORE] 2.6.13), then what the file begins with.
    $data = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC }
    $hta = "<hta:application" nocase
    $script = "WScript.Shell" nocase
    $batch = "@echo off" nocase
    $powershell = "powershell" nocase
  condition:
    $data and any of ($hta, $script, $batch, $powershell)
}

rule equation_exploit {
  meta:
    id = "equation_exploit"
    title = "an Equation Editor object with a command line (CVE-2017-11882)"
    severity = "critical"
    confidence = 85
    types = "ole-doc,ole-xls,ole-ppt,ole,rtf"
  strings:
    $clsid = { 02 CE 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
    $clsid_hex = "02ce020000000000c000000000000046" nocase
    $name = "Equation.3" nocase
    $name_hex = "4571756174696f6e2e33" nocase
    $command = /(cmd(\.exe)?\s+\/c|mshta\s+http|powershell(\.exe)?\s+-|rundll32\s|regsvr32\s)/ nocase
    $command_hex = /636d64(2e657865)?202f63|6d73687461206874747|706f7765727368656c6c/ nocase
  condition:
    any of ($clsid, $clsid_hex, $name, $name_hex) and any of ($command, $command_hex)
}
