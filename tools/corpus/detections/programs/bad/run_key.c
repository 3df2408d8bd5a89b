/* Starts with Windows. The program it names does not exist. */
#include <windows.h>
int main(void) {
    HKEY key;
    const char *path = "C:\\Users\\anna\\AppData\\Roaming\\updater\\no-such-program.exe";
    if (RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\Microsoft\\Windows\\CurrentVersion\\Run", 0, NULL, 0,
                        KEY_SET_VALUE, NULL, &key, NULL) == 0) {
        RegSetValueExA(key, "Updater", 0, REG_SZ, (const BYTE *)path, lstrlenA(path) + 1);
        RegCloseKey(key);
    }
    return 0;
}
