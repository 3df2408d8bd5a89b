"""Office Open XML (ECMA-376): Word, Excel and PowerPoint packages."""
