/* Adds numbers in a thread pool, in queued work, by a timer and by a wait. */
#define _WIN32_WINNT 0x0601
#include <windows.h>
#include <stdio.h>
static LONG total, waited;
static VOID CALLBACK part(PTP_CALLBACK_INSTANCE instance, PVOID number, PTP_WORK work) { InterlockedExchangeAdd(&total, (LONG)(INT_PTR)number); }
static DWORD WINAPI item(LPVOID number) { InterlockedExchangeAdd(&total, (LONG)(INT_PTR)number); return 0; }
static VOID CALLBACK tick(PVOID number, BOOLEAN late) { if (late) InterlockedExchangeAdd(&total, 1000); }
static VOID CALLBACK came(PVOID number, BOOLEAN late) { if (!late) InterlockedExchangeAdd(&waited, 1); }
int main(void) {
    HANDLE timer, wait, ready = CreateEventA(NULL, FALSE, FALSE, NULL);
    PTP_WORK work[100];
    for (int i = 0; i < 100; i++) { work[i] = CreateThreadpoolWork(part, (PVOID)(INT_PTR)(i + 1), NULL); SubmitThreadpoolWork(work[i]); }
    for (int i = 0; i < 100; i++) { WaitForThreadpoolWorkCallbacks(work[i], FALSE); CloseThreadpoolWork(work[i]); }
    QueueUserWorkItem(item, (PVOID)50, 0);
    CreateTimerQueueTimer(&timer, NULL, tick, NULL, 300, 0, 0);
    RegisterWaitForSingleObject(&wait, ready, came, NULL, 5000, WT_EXECUTEONLYONCE);
    SetEvent(ready);
    Sleep(1000);
    printf("total %ld, waited %ld\n", total, waited);
    return total == 6100 && waited == 1 ? 0 : 1;
}
