/* A window with menus, keys of its own, a scroll bar, a printer, and things drawn. libs: -lgdi32 -lcomdlg32 -lwinspool */
#include <windows.h>
#include <commdlg.h>
#include <winspool.h>
static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM first, LPARAM second) {
    PAINTSTRUCT paint;
    RECT room, inner;
    SIZE size;
    TEXTMETRICA metrics;
    switch (message) {
    case WM_CREATE: SetScrollRange(window, SB_VERT, 0, 100, TRUE); CreateCaret(window, NULL, 1, 16); return 0;
    case WM_PAINT: {
        HDC place = BeginPaint(window, &paint);
        GetClientRect(window, &room);
        SetRect(&inner, 10, 10, 50, 40);
        if (!IntersectRect(&inner, &inner, &room) || inner.right != 50) ExitProcess(3);
        GetTextMetricsA(place, &metrics);
        GetTextExtentPoint32A(place, "text", 4, &size);
        ExtTextOutA(place, 0, metrics.tmHeight, 0, &room, "text", 4, NULL);
        PatBlt(place, 0, 0, size.cx, size.cy, WHITENESS);
        EndPaint(window, &paint);
        return 0;
    }
    case WM_DESTROY: DestroyCaret(); PostQuitMessage(0); return 0;
    }
    return DefWindowProcA(window, message, first, second);
}
int main(void) {
    MSG message;
    ACCEL key = {FCONTROL | FVIRTKEY, 'O', 101};
    WNDCLASSEXA kind = {.cbSize = sizeof kind, .lpfnWndProc = procedure, .lpszClassName = "editor"};
    HMENU menu = CreateMenu(), file = CreatePopupMenu();
    InsertMenuA(file, 0, MF_BYPOSITION | MF_STRING, 101, "&Open");
    ModifyMenuA(file, 101, MF_BYCOMMAND, 101, "&Open...");
    AppendMenuA(menu, MF_POPUP, (UINT_PTR)file, "&File");
    HACCEL keys = CreateAcceleratorTableA(&key, 1);
    RegisterClassExA(&kind);
    HWND window = CreateWindowExA(0, "editor", "Editor", WS_OVERLAPPEDWINDOW, 0, 0, 640, 480, NULL, menu, NULL, NULL);
    while (GetMessageA(&message, NULL, 0, 0) > 0)
        if (!TranslateAcceleratorA(window, keys, &message)) { TranslateMessage(&message); DispatchMessageA(&message); }
    char printer[64];
    DWORD size = sizeof printer;
    if (!GetDefaultPrinterA(printer, &size)) MessageBoxA(NULL, "No printer.", "Editor", MB_OK);
    return 0;
}
