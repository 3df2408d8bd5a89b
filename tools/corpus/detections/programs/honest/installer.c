/* libs: -lshell32 */
#include <windows.h>
#include <shlobj.h>
#include <stdio.h>
int main(void) {
    char own[MAX_PATH], target[] = "C:\\Program Files\\Planner", path[MAX_PATH];
    HKEY key;
    if (MessageBoxA(NULL, "Install Planner?", "Setup", MB_OKCANCEL) != IDOK) return 1;
    CreateDirectoryA(target, NULL);
    GetModuleFileNameA(NULL, own, sizeof own);
    snprintf(path, sizeof path, "%s\\readme.txt", target);
    FILE *out = fopen(path, "w");
    if (out) { fputs("Planner 2.1\n", out); fclose(out); }
    snprintf(path, sizeof path, "%s\\planner.dat", target);
    out = fopen(path, "wb");
    if (out) { for (int i = 0; i < 2000; i++) fputc(i & 255, out); fclose(out); }
    RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\Example\\Planner", 0, NULL, 0, KEY_WRITE, NULL, &key, NULL);
    RegSetValueExA(key, "Path", 0, REG_SZ, (const BYTE *)target, sizeof target);
    RegCloseKey(key);
    RegCreateKeyExA(HKEY_LOCAL_MACHINE, "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Planner", 0, NULL, 0, KEY_WRITE, NULL, &key, NULL);
    RegSetValueExA(key, "DisplayName", 0, REG_SZ, (const BYTE *)"Planner", 8);
    RegCloseKey(key);
    MessageBoxA(NULL, "Planner is installed.", "Setup", MB_OK);
    return 0;
}
