#include <windows.h>
#include <stdio.h>
int main(void) {
    WIN32_FIND_DATAW found;
    ULONGLONG total = 0;
    HANDLE search = FindFirstFileW(L"C:\\Users\\anna\\Documents\\*", &found);
    if (search == INVALID_HANDLE_VALUE) return 1;
    do {
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) { wprintf(L"%-30ls <folder>\n", found.cFileName); continue; }
        total += found.nFileSizeLow;
        wprintf(L"%-30ls %10lu\n", found.cFileName, found.nFileSizeLow);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    printf("%I64u bytes\n", total);
    return 0;
}
