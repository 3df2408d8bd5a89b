#include <windows.h>
#include <stdio.h>
int main(void) {
    SYSTEM_INFO system;
    MEMORYSTATUSEX memory = {sizeof memory};
    ULARGE_INTEGER free_bytes, total;
    char name[64], folder[MAX_PATH];
    DWORD size = sizeof name;
    GetSystemInfo(&system);
    GlobalMemoryStatusEx(&memory);
    GetComputerNameA(name, &size);
    GetDiskFreeSpaceExA("C:\\", &free_bytes, &total, NULL);
    GetWindowsDirectoryA(folder, sizeof folder);
    printf("%s: %lu processors, %I64u MiB, %I64u GiB free, %s\n", name, system.dwNumberOfProcessors,
           memory.ullTotalPhys >> 20, free_bytes.QuadPart >> 30, folder);
    return 0;
}
