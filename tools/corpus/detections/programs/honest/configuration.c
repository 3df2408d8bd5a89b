#include <windows.h>
#include <stdio.h>
int main(void) {
    char own[MAX_PATH], value[100];
    GetModuleFileNameA(NULL, own, sizeof own);
    char *dot = strrchr(own, '.');
    strcpy(dot ? dot : own + strlen(own), ".ini");
    GetPrivateProfileStringA("window", "title", "untitled", value, sizeof value, own);
    printf("title %s, width %u from %s\n", value, GetPrivateProfileIntA("window", "width", 640, own), own);
    return 0;
}
