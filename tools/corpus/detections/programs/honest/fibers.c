/* Two fibers count in turns. */
#include <windows.h>
#include <stdio.h>
static void *first, *second;
static int counted;
static VOID CALLBACK count(PVOID step) { for (;;) { counted += *(int *)step; SwitchToFiber(first); } }
int main(void) {
    int step = 3;
    first = ConvertThreadToFiber(NULL);
    second = CreateFiber(0, count, &step);
    for (int i = 0; i < 5; i++) { SwitchToFiber(second); counted += 1; }
    DeleteFiber(second);
    ConvertFiberToThread();
    printf("%d\n", counted);
    return counted == 20 ? 0 : 1;
}
