/* Finds functions by the hash of their names, through the loader's lists. */
#include <windows.h>
#ifdef _WIN64
#define PEB_AT ((char *)__readgsqword(0x60))
#define LDR 0x18
#define LIST 0x20
#define BASE 0x20
#else
#define PEB_AT ((char *)__readfsdword(0x30))
#define LDR 0x0C
#define LIST 0x14
#define BASE 0x10
#endif
#include <intrin.h>
static __attribute__((always_inline)) inline unsigned hash(const char *text) {
    unsigned value = 0x1505;
    while (*text) value = value * 33 + (unsigned char)*text++;
    return value;
}
static __attribute__((always_inline)) inline void *by_hash(unsigned wanted) {
    char *list = *(char **)(PEB_AT + LDR) + LIST;
    for (char *entry = *(char **)list; entry != list; entry = *(char **)entry) {
        char *base = *(char **)(entry + BASE);
        if (!base || *(WORD *)base != 0x5A4D) continue;
        IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(base + *(int *)(base + 0x3C));
        DWORD at = headers->OptionalHeader.DataDirectory[0].VirtualAddress;
        if (!at) continue;
        IMAGE_EXPORT_DIRECTORY *table = (IMAGE_EXPORT_DIRECTORY *)(base + at);
        DWORD *names = (DWORD *)(base + table->AddressOfNames);
        for (DWORD i = 0; i < table->NumberOfNames; i++)
            if (hash(base + names[i]) == wanted)
                return base + ((DWORD *)(base + table->AddressOfFunctions))[((WORD *)(base + table->AddressOfNameOrdinals))[i]];
    }
    return 0;
}
