/* Looks for observers, then switches defences off under a key that Windows does not read. */
#include <windows.h>
int main(void) {
    HKEY key;
    DWORD one = 1;
    if (IsDebuggerPresent()) return 0;
    if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, "SOFTWARE\\VMware, Inc.\\VMware Tools", 0, KEY_READ, &key) == 0) return 0;
    Sleep(90000);
    if (RegCreateKeyA(HKEY_CURRENT_USER, "Software\\Policies\\Microsoft\\Windows Defender\\No Such Part", &key) == 0)
        RegSetValueExA(key, "DisableAntiSpyware", 0, REG_DWORD, (const BYTE *)&one, sizeof one);
    return 0;
}
