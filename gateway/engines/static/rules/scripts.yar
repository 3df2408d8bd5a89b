// Scripts by what they are written to do. Each condition needs two independent signs.

rule powershell_cradle {
  meta:
    id = "powershell_cradle"
    title = "PowerShell that fetches code and runs it"
    severity = "high"
    confidence = 80
    types = "powershell,batch,vbscript,javascript,wsf,hta,html,lnk,text,unknown"
  strings:
    $fetch1 = /\.Download(String|File|Data)\s*\(/ nocase
    $fetch2 = /\b(Invoke-WebRequest|Invoke-RestMethod|iwr|irm|Start-BitsTransfer)\b[^\n]{1,300}https?:/ nocase
    $fetch3 = "Net.WebClient" nocase
    $run1 = /\b(IEX|Invoke-Expression)\b/ nocase
    $run2 = /\b(Start-Process|saps)\b/ nocase
    $run3 = /\|\s*iex\b/ nocase
    $run4 = "FromBase64String" nocase
    $shell = "powershell" nocase
  condition:
    any of ($fetch*) and any of ($run*) and
    ($shell or file_type == "powershell" or file_type == "lnk")
}

rule powershell_hidden {
  meta:
    id = "powershell_hidden"
    title = "PowerShell started unseen with encoded commands"
    severity = "high"
    confidence = 80
    types = "powershell,batch,vbscript,javascript,wsf,hta,html,lnk,sh,python,url"
  strings:
    $start = /powershell(\.exe)?["']?\s[^\n]{0,300}-e(nc|ncodedcommand|c)?\s+[A-Za-z0-9+\/=]{40,}/ nocase
    $hidden = /powershell(\.exe)?["']?\s[^\n]{0,300}-w(in|indow|indowstyle)?\s+(hidden|1)\b/ nocase
    $bypass = /-e(p|x|xec|xecutionpolicy)?\s+bypass/ nocase
  condition:
    $start or ($hidden and $bypass)
}

rule script_dropper {
  meta:
    id = "script_dropper"
    title = "a script that writes a file and starts it"
    severity = "high"
    confidence = 75
    types = "javascript,vbscript,wsf,hta,html"
  strings:
    $shell1 = "WScript.Shell" nocase
    $shell2 = "Shell.Application" nocase
    $fetch1 = "MSXML2.XMLHTTP" nocase
    $fetch2 = "WinHttp.WinHttpRequest" nocase
    $fetch3 = "Microsoft.XMLHTTP" nocase
    $fetch4 = "MSXML2.ServerXMLHTTP" nocase
    $write1 = "ADODB.Stream" nocase
    $write2 = "SaveToFile" nocase
    $write3 = "CreateTextFile" nocase
    $run1 = /\.(Run|Exec|ShellExecute)\s*\(?/ nocase
  condition:
    any of ($shell*) and $run1 and (any of ($fetch*) or any of ($write*))
}

rule encoded_windows_script {
  meta:
    id = "encoded_windows_script"
    title = "a script in Microsoft's encoded form"
    severity = "medium"
    confidence = 70
    types = "javascript,vbscript,html,hta,wsf,text,unknown"
  strings:
    $head = "#@~^"
    $tail = "^#~@"
  condition:
    $head in (0..4096) and $tail
}

rule batch_fetch_and_run {
  meta:
    id = "batch_fetch_and_run"
    title = "a batch file that fetches a program and starts it"
    severity = "high"
    confidence = 75
    types = "batch,lnk,text,unknown"
  strings:
    $fetch1 = /certutil(\.exe)?\s[^\n]{0,200}-urlcache/ nocase
    $fetch2 = /bitsadmin(\.exe)?\s[^\n]{0,200}\/transfer/ nocase
    $fetch3 = /\bcurl(\.exe)?\s[^\n]{0,300}(-o|--output)\s/ nocase
    $run1 = /\bstart\s+("[^"\n]*"\s+)?[^\n]{1,200}\.(exe|bat|cmd|vbs|js|dll|msi)/ nocase
    $run2 = /\b(rundll32|regsvr32|mshta|wscript|msiexec)(\.exe)?\s/ nocase
    $batch = /(^|\n)\s*@?(echo off|setlocal|set \w+=)/ nocase
  condition:
    any of ($fetch*) and any of ($run*) and ($batch or file_type == "batch" or file_type == "lnk")
}

rule shell_reverse_connection {
  meta:
    id = "shell_reverse_connection"
    title = "a script that hands a shell to another machine"
    severity = "critical"
    confidence = 85
    types = "sh,python,perl,php,text,unknown"
  strings:
    $bash = /\b(ba)?sh\s+-i\s*(>&|&>|>)\s*\/dev\/(tcp|udp)\//
    $exec = /exec\s+\d+<>\s*\/dev\/(tcp|udp)\//
    $nc = /\bn(c|cat|etcat)\b[^\n]{0,100}\s-[a-z]*e\s*\S*\/(ba)?sh\b/
    $fifo = /mkfifo\s+\S+[^\n]{0,200}\b(nc|ncat|netcat|telnet)\b/
    $python = /socket\.socket\([^\n]{0,200}connect\(\([^\n]{0,300}(dup2|pty\.spawn|subprocess)/
    $perl = /use Socket;[^\n]{0,400}exec\s*\{?\s*["']\/bin\/(ba)?sh/
    $php = /fsockopen\([^\n]{0,200}(exec|proc_open|shell_exec|popen)\s*\(/
  condition:
    any of them
}

rule shell_fetch_and_run {
  meta:
    id = "shell_fetch_and_run"
    title = "a script that fetches a program and runs it"
    severity = "high"
    confidence = 70
    types = "sh,python,perl"
  strings:
    $pipe = /\b(curl|wget)\b[^\n|]{1,300}\|\s*(sudo\s+)?(ba|da|z)?sh\b/
    $fetch = /\b(curl|wget)\b[^\n]{1,300}https?:\/\//
    $mode = /chmod\s+(\+x|[0-7]?7[0-7]{2}|a\+x|u\+x)\s+\S*(\/tmp\/|\/dev\/shm\/|\/var\/tmp\/)/
    $decode = /base64\s+(-d|--decode|-D)[^\n]{0,100}\|\s*(ba|da|z)?sh\b/
  condition:
    $pipe or $decode or ($fetch and $mode)
}

rule shell_persists {
  meta:
    id = "shell_persists"
    title = "a script that makes itself start again"
    severity = "medium"
    confidence = 60
    types = "sh,python,perl"
  strings:
    $cron = /\|\s*crontab\s+-/
    $crontab = /(>>?)\s*\/etc\/(cron\.\w+\/|crontab|rc\.local|profile)/
    $keys = /(>>?)\s*\S*\.ssh\/authorized_keys/
    $preload = /(>>?)\s*\/etc\/ld\.so\.preload/
  condition:
    any of them
}

rule javascript_obfuscated {
  meta:
    id = "javascript_obfuscated"
    title = "a script written to be unreadable that runs what it decodes"
    severity = "medium"
    confidence = 65
    types = "javascript,hta,wsf,vbscript"
  strings:
    $hex_names = /\b_0x[0-9a-f]{4,6}\b/
    $eval = /\b(eval|Function|execScript|ExecuteGlobal|Execute)\s*\(/ nocase
    $codes = /fromCharCode\s*\((\s*(0x)?[0-9a-f]+\s*,){20}/ nocase
    $chr = /(Chr\s*\(\s*\d+\s*\)\s*&\s*){12}/ nocase
    $escaped = /(\\x[0-9a-f]{2}){40}/ nocase
  condition:
    (#hex_names > 30 and $eval) or ($eval and any of ($codes, $chr, $escaped))
}

rule python_runs_encoded {
  meta:
    id = "python_runs_encoded"
    title = "a Python script that decodes and runs hidden code"
    severity = "high"
    confidence = 75
    types = "python"
  strings:
    $run = /\bexec\s*\(\s*(zlib\.decompress|base64\.|marshal\.loads|bytes\.fromhex|__import__|codecs\.decode|\(?lambda)/
    $import = /exec\s*\([^\n]{0,60}b64decode\s*\(/
  condition:
    any of them
}

rule php_web_shell {
  meta:
    id = "php_web_shell"
    title = "a web page that runs what its visitor sends"
    severity = "high"
    confidence = 80
    types = "php"
  strings:
    $run = /\b(eval|assert|system|shell_exec|passthru|exec|popen)\s*\(\s*(base64_decode\s*\(\s*)?@?\$_(GET|POST|REQUEST|COOKIE)/ nocase
  condition:
    $run
}

rule hta_runs {
  meta:
    id = "hta_runs"
    title = "an HTML application that starts programs"
    severity = "high"
    confidence = 75
    types = "hta,html"
  strings:
    $hta = "<hta:application" nocase
    $shell = "WScript.Shell" nocase
    $app = "Shell.Application" nocase
    $script = /<script[^>]{0,100}(vbscript|jscript|javascript)/ nocase
  condition:
    ($hta or file_type == "hta") and ($shell or $app) and $script
}
