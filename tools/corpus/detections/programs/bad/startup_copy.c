/* Copies itself into the startup folder of one user, who exists in the emulation only. */
#include <windows.h>
int main(void) {
    wchar_t own[MAX_PATH];
    GetModuleFileNameW(NULL, own, MAX_PATH);
    CopyFileW(own, L"C:\\Users\\anna\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\helper.exe", FALSE);
    return 0;
}
