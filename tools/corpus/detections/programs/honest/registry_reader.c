#include <windows.h>
#include <stdio.h>
int main(void) {
    HKEY key;
    char value[200];
    DWORD kind, size = sizeof value;
    if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", 0, KEY_READ, &key)) return 1;
    if (RegQueryValueExA(key, "ProductName", NULL, &kind, (BYTE *)value, &size) == 0) printf("%s\n", value);
    for (DWORD i = 0; i < 20; i++) {
        size = sizeof value;
        if (RegEnumKeyExA(key, i, value, &size, NULL, NULL, NULL, NULL)) break;
        puts(value);
    }
    RegCloseKey(key);
    return 0;
}
