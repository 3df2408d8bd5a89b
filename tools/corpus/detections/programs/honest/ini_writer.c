#include <windows.h>
#include <stdio.h>
int main(void) {
    char folder[MAX_PATH], path[MAX_PATH], back[100];
    GetEnvironmentVariableA("APPDATA", folder, sizeof folder);
    snprintf(path, sizeof path, "%s\\Editor", folder);
    CreateDirectoryA(path, NULL);
    strcat(path, "\\settings.ini");
    WritePrivateProfileStringA("view", "font", "Consolas", path);
    WritePrivateProfileStringA("view", "size", "12", path);
    GetPrivateProfileStringA("view", "font", "?", back, sizeof back, path);
    printf("%s\n", back);
    return 0;
}
