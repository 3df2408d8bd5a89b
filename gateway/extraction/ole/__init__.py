"""Legacy Office: OLE compound files of Word, Excel and PowerPoint 97-2003, changed in place."""
