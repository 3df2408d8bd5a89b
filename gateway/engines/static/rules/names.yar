// File names that pretend. `file_name` is what the sender wrote; no content is read.

rule double_extension {
  meta:
    id = "double_extension"
    title = "the name shows a document's ending before a program's"
    severity = "high"
    confidence = 80
  condition:
    file_name matches /\.(pdf|docx?|xlsx?|pptx?|rtf|txt|jpe?g|png|gif|mp[34]|zip|html?)[ _.\-]{1,40}\.?(exe|scr|com|pif|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|lnk|msi|jar|cpl|iso|img|url)$/i
}

rule right_to_left_name {
  meta:
    id = "right_to_left_name"
    title = "the name contains a sign that turns the direction of reading"
    severity = "high"
    confidence = 75
  condition:
    file_name contains "\xe2\x80\xae" or file_name contains "\xe2\x80\xad"
}

rule padded_name {
  meta:
    id = "padded_name"
    title = "spaces push the name's real ending out of sight"
    severity = "high"
    confidence = 80
  condition:
    file_name matches /\s{10,}\.[a-z0-9]{2,4}$/i
}
