/* Reads a file of the system by its own functions, and writes identifiers and addresses down. libs: -lole32 -lrpcrt4 -lntdll */
#include <windows.h>
#include <winternl.h>
#include <objbase.h>
#include <stdio.h>
typedef LONG(NTAPI *Read)(HANDLE, HANDLE, PVOID, PVOID, IO_STATUS_BLOCK *, PVOID, ULONG, LARGE_INTEGER *, ULONG *);
typedef LONG(NTAPI *Query)(HANDLE, IO_STATUS_BLOCK *, PVOID, ULONG, int);
typedef PSTR(NTAPI *Shown)(const void *, PSTR);
int main(void) {
    HMODULE native = GetModuleHandleA("ntdll.dll");
    CLSID read;
    WCHAR words[64];
    char shown[32], data[64] = "";
    LONGLONG sizes[3] = {0};
    IO_STATUS_BLOCK status;
    HANDLE file;
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES about = {.Length = sizeof about, .ObjectName = &name};
    if (CLSIDFromString(L"{00021401-0000-0000-C000-000000000046}", &read) || read.Data1 != 0x21401) return 1;
    if (StringFromGUID2(&read, words, 64) != 39 || words[1] != L'0') return 2;
    ((Shown)GetProcAddress(native, "RtlIpv4AddressToStringA"))("\xC0\xA8\x01\x02", shown);
    if (lstrcmpA(shown, "192.168.1.2")) return 3;
    CloseHandle(CreateFileA("C:\\Users\\anna\\Documents\\notes.tmp", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    RtlInitUnicodeString(&name, L"\\??\\C:\\Users\\anna\\Documents\\notes.tmp");
    if (NtOpenFile(&file, FILE_GENERIC_READ, &about, &status, 0, FILE_SYNCHRONOUS_IO_NONALERT)) return 4;
    if (((Query)GetProcAddress(native, "NtQueryInformationFile"))(file, &status, sizes, 24, 5) || sizes[1] != 0) return 5;
    if (((Read)GetProcAddress(native, "NtReadFile"))(file, NULL, NULL, NULL, &status, data, 63, NULL, NULL) != 0xC0000011L) return 6;
    NtClose(file);
    printf("%s %ls\n", shown, words);
    return 0;
}
