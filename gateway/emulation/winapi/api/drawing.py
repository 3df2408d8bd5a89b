"""Drawing, printing, images, themes, sound: nothing of it is seen or heard here.

Each function answers what it answers when it works, with a number that stands for what it makes.
"""

from __future__ import annotations

from gateway.emulation.winapi.calls import constants

constants(
    "user32",
    "GetWindowDC/1=0x6001 GetDCEx/3=0x6001",
)

constants(
    "gdi32",
    "SaveDC/1=1 RestoreDC/2=1 SetMapMode/2=1 GetMapMode/1=1 SetViewportOrgEx/4=1 "
    "SetWindowOrgEx/4=1 SetWindowExtEx/4=1 SetViewportExtEx/4=1 OffsetViewportOrgEx/4=1 "
    "SetStretchBltMode/2=1 SetROP2/2=13 SetPolyFillMode/2=1 SetTextCharacterExtra/2=0 "
    "SetTextJustification/3=1 SetGraphicsMode/2=1 SetArcDirection/2=1 GetTextFaceA/3=6 "
    "GetTextFaceW/3=6 ExtTextOutA/8=1 ExtTextOutW/8=1 PolyTextOutA/3=1 PolyTextOutW/3=1 "
    "StretchDIBits/13=16 SetDIBits/7=16 SetDIBitsToDevice/12=16 CreateDIBitmap/6=0x6003 "
    "CreateBitmapIndirect/1=0x6003 CreateDiscardableBitmap/3=0x6003 SetBitmapBits/3=16 "
    "SetBitmapDimensionEx/4=1 GetObjectType/1=7 GetCurrentObject/2=0x7003 GetPixel/3=0xFFFFFF "
    "SetPixelV/4=1 Polyline/3=1 PolyPolygon/4=1 PolyPolyline/4=1 PolyBezier/3=1 "
    "PolyBezierTo/3=1 PolylineTo/3=1 PolyDraw/4=1 AngleArc/6=1 ArcTo/9=1 BeginPath/1=1 "
    "EndPath/1=1 CloseFigure/1=1 StrokePath/1=1 FillPath/1=1 StrokeAndFillPath/1=1 "
    "FloodFill/4=1 ExtFloodFill/5=1 PatBlt/6=1 PlgBlt/10=1 MaskBlt/12=1 "
    "CreateBrushIndirect/1=0x7002 CreatePatternBrush/1=0x7002 "
    "CreateDIBPatternBrushPt/2=0x7002 CreateHatchBrush/2=0x7002 CreatePenIndirect/1=0x7004 "
    "ExtCreatePen/5=0x7004 SetDCPenColor/2=0 SetDCBrushColor/2=0 GetDCPenColor/1=0 "
    "GetDCBrushColor/1=0 CreateRectRgn/4=0x7008 CreateRectRgnIndirect/1=0x7008 "
    "CreateRoundRectRgn/6=0x7008 CreateEllipticRgn/4=0x7008 CreatePolygonRgn/3=0x7008 "
    "ExtCreateRegion/3=0x7008 CombineRgn/4=2 OffsetRgn/3=2 EqualRgn/2=0 PtInRegion/3=0 "
    "RectInRegion/2=0 FillRgn/3=1 FrameRgn/5=1 PaintRgn/2=1 InvertRgn/2=1 SelectClipRgn/2=2 "
    "ExtSelectClipRgn/3=2 IntersectClipRect/5=2 ExcludeClipRect/5=2 OffsetClipRgn/3=2 "
    "RectVisible/2=1 PtVisible/3=1 GetClipRgn/2=0 StartDocA/2=1 StartDocW/2=1 StartPage/1=1 "
    "EndPage/1=1 EndDoc/1=1 AbortDoc/1=1 SetAbortProc/2=1 ResetDCA/2=0x6001 ResetDCW/2=0x6001 "
    "CreateICA/4=0x6001 CreateICW/4=0x6001 CancelDC/1=1 AddFontResourceA/1=1 "
    "AddFontResourceW/1=1 AddFontResourceExA/3=1 AddFontResourceExW/3=1 "
    "AddFontMemResourceEx/4=0x7009 RemoveFontResourceA/1=1 RemoveFontResourceW/1=1 "
    "RemoveFontMemResourceEx/1=1 CreateEnhMetaFileA/4=0x700A CreateEnhMetaFileW/4=0x700A "
    "CloseEnhMetaFile/1=0x700A PlayEnhMetaFile/3=1 DeleteEnhMetaFile/1=1 "
    "CreateMetaFileA/1=0x700B CreateMetaFileW/1=0x700B CloseMetaFile/1=0x700B "
    "DeleteMetaFile/1=1 CreatePalette/1=0x700C SelectPalette/3=0 RealizePalette/1=0 "
    "GetSystemPaletteEntries/4=0 GetNearestColor/2=0 SetPaletteEntries/4=0 GdiFlush/0=1 "
    "GdiSetBatchLimit/1=1 SetBrushOrgEx/4=1 DPtoLP/3=1 LPtoDP/3=1 GetBkColor/1=0xFFFFFF "
    "GetTextColor/1=0 GetBkMode/1=1 GetROP2/1=13 GetTextAlign/1=0 GetTextCharset/1=0 "
    "SetLayout/2=0 GetLayout/1=0 SetMapperFlags/2=0 ChoosePixelFormat/2=1 SetPixelFormat/3=1 "
    "SwapBuffers/1=1 DescribePixelFormat/4=1 GetPixelFormat/1=1 Escape/5=1 ExtEscape/6=0 "
    "UnrealizeObject/1=1 GetFontData/5=0 GetGlyphOutline/7=0 GetKerningPairs/3=0 "
    "GetOutlineTextMetricsA/3=0 GetOutlineTextMetricsW/3=0 GetStretchBltMode/1=1 "
    "GetPolyFillMode/1=1 SetColorAdjustment/2=1 SetICMMode/2=1",
)

constants(
    "msimg32",
    "AlphaBlend/11=1 TransparentBlt/11=1 GradientFill/6=1",
)

constants(
    "winspool.drv",
    "OpenPrinterA/3=0 OpenPrinterW/3=0 ClosePrinter/1=1 EnumPrintersA/7=1 EnumPrintersW/7=1 "
    "GetPrinterA/5=0 GetPrinterW/5=0 StartDocPrinterA/3=1 StartDocPrinterW/3=1 "
    "StartPagePrinter/1=1 EndPagePrinter/1=1 WritePrinter/4=1 EndDocPrinter/1=1 "
    "AbortPrinter/1=1 DocumentPropertiesA/6=-1 DocumentPropertiesW/6=-1 "
    "DeviceCapabilities/5=-1 EnumJobsA/8=0 EnumJobsW/8=0 SetPrinterA/4=1 SetPrinterW/4=1 "
    "SetDefaultPrinterA/1=1 SetDefaultPrinterW/1=1",
)

constants(
    "comctl32",
    "ImageList_Create/5=0x8400 ImageList_Add/3=0 ImageList_AddMasked/3=0 "
    "ImageList_ReplaceIcon/3=0 ImageList_Destroy/1=1 ImageList_Draw/6=1 ImageList_DrawEx/10=1 "
    "ImageList_GetIconSize/3=1 ImageList_SetBkColor/2=0 ImageList_GetImageCount/1=1 "
    "ImageList_Remove/2=1 ImageList_LoadImage/7=0x8400 ImageList_GetIcon/3=0x10001 "
    "ImageList_SetOverlayImage/3=1 ImageList_BeginDrag/4=1 ImageList_EndDrag/0 "
    "ImageList_DragEnter/3=1 ImageList_DragMove/2=1 ImageList_DragLeave/1=1 "
    "ImageList_DragShowNolock/1=1 CreateStatusWindow/4=0x10080 CreateToolbarEx/13=0x10081 "
    "CreateUpDownControl/12=0x10082 CreatePropertySheetPage/1=0x8401 "
    "DestroyPropertySheetPage/1=1 PropertySheet/1=1 SetWindowSubclass/4=1 "
    "RemoveWindowSubclass/3=1 MenuHelp/7 ShowHideMenuCtl/3=1 MakeDragList/1=1 "
    "LBItemFromPt/4=-1 InitMUILanguage/1 _TrackMouseEvent/1=1",
)

constants(
    "uxtheme",
    "OpenThemeData/2=0x8500 CloseThemeData/1=0 SetWindowTheme/3=0 IsThemeActive/0=1 "
    "IsAppThemed/0=1 DrawThemeBackground/6=0 DrawThemeText/9=0 DrawThemeParentBackground/3=0 "
    "EnableThemeDialogTexture/2=0 GetThemeColor/5=0x80070490 GetThemeSysColor/2=0xFFFFFF "
    "IsThemeBackgroundPartiallyTransparent/3=0 BufferedPaintInit/0=0 BufferedPaintUnInit/0=0 "
    "SetThemeAppProperties/1",
)

constants(
    "dwmapi",
    "DwmExtendFrameIntoClientArea/2=0 DwmSetWindowAttribute/4=0 DwmEnableBlurBehindWindow/2=0 "
    "DwmFlush/0=0 DwmEnableMMCSS/1=0",
)

constants(
    "opengl32",
    "wglCreateContext/1=0x8600 wglMakeCurrent/2=1 wglDeleteContext/1=1 wglGetProcAddress/1=0 "
    "wglGetCurrentContext/0=0x8600 wglGetCurrentDC/0=0x6001 wglShareLists/2=1",
)

constants(
    "winmm",
    "waveOutOpen/6=2 waveInOpen/6=2 waveInGetNumDevs/0=1 midiOutOpen/5=2 "
    "midiOutGetNumDevs/0=1 midiInGetNumDevs/0=0 mciSendCommandA/4=0 mciSendCommandW/4=0 "
    "mciGetErrorStringA/3=1 mciGetErrorStringW/3=1 joyGetPosEx/2=165 joyGetNumDevs/0=0 "
    "joyGetPos/2=165 sndPlaySoundA/2=1 sndPlaySoundW/2=1 waveOutClose/1=0 waveOutReset/1=0 "
    "waveOutSetVolume/2=0 mixerGetNumDevs/0=0 auxGetNumDevs/0=0 mmioOpenA/3=0 mmioOpenW/3=0",
)

constants(
    "shell32",
    "DragQueryPoint/2=0 DragFinish/1 ShellAboutA/4=1 ShellAboutW/4=1 ExtractIconA/3=0x10001 "
    "ExtractIconW/3=0x10001 ExtractIconEx/5=1 ExtractAssociatedIconA/3=0x10001 "
    "ExtractAssociatedIconW/3=0x10001 SHAppBarMessage/2=1 SHBrowseForFolder/1=0 "
    "SHGetPathFromIDList/2=0 SHUpdateRecycleBinIcon/0 Shell_NotifyIconGetRect/2=0x80004005 "
    "SHSetLocalizedName/3=0 SHAddToRecentDocs/2 SHGetSpecialFolderLocation/3=0x80004005 "
    "SHGetFolderLocation/5=0x80004005 SHQueryRecycleBinA/2=0 SHQueryRecycleBinW/2=0 "
    "DragQueryFile/4=0",
)
