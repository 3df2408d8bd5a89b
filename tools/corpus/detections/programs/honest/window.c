/* libs: -lgdi32 */
#include <windows.h>
static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM first, LPARAM second) {
    static int ticks;
    PAINTSTRUCT paint;
    switch (message) {
    case WM_CREATE: SetTimer(window, 1, 1000, NULL); return 0;
    case WM_TIMER: if (++ticks > 3) KillTimer(window, 1); InvalidateRect(window, NULL, TRUE); return 0;
    case WM_PAINT: { HDC dc = BeginPaint(window, &paint); TextOutA(dc, 10, 10, "Hello", 5); EndPaint(window, &paint); return 0; }
    case WM_DESTROY: PostQuitMessage(0); return 0;
    }
    return DefWindowProcA(window, message, first, second);
}
int WINAPI WinMain(HINSTANCE self, HINSTANCE before, LPSTR line, int show) {
    WNDCLASSEXA kind = {sizeof kind, CS_HREDRAW, procedure, 0, 0, self, LoadIcon(NULL, IDI_APPLICATION),
                        LoadCursor(NULL, IDC_ARROW), (HBRUSH)6, NULL, "SimpleWindow", NULL};
    MSG message;
    if (!RegisterClassExA(&kind)) return 1;
    HWND window = CreateWindowExA(0, "SimpleWindow", "Clock", WS_OVERLAPPEDWINDOW, 0, 0, 300, 200, NULL, NULL, self, NULL);
    ShowWindow(window, show);
    UpdateWindow(window);
    while (GetMessageA(&message, NULL, 0, 0) > 0) { TranslateMessage(&message); DispatchMessageA(&message); }
    return (int)message.wParam;
}
