#include <windows.h>
#include <stdio.h>
static CRITICAL_SECTION section;
static long total;
static HANDLE ready;
static DWORD WINAPI work(LPVOID argument) {
    WaitForSingleObject(ready, INFINITE);
    for (int i = 1; i <= 100; i++) { EnterCriticalSection(&section); total += i * (int)(INT_PTR)argument; LeaveCriticalSection(&section); }
    return 0;
}
int main(void) {
    HANDLE threads[4];
    InitializeCriticalSection(&section);
    ready = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < 4; i++) threads[i] = CreateThread(NULL, 0, work, (LPVOID)(INT_PTR)(i + 1), 0, NULL);
    SetEvent(ready);
    WaitForMultipleObjects(4, threads, TRUE, INFINITE);
    printf("total %ld\n", total);
    return total == 50500 ? 0 : 1;
}
