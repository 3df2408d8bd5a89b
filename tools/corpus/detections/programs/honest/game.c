/* A ball that keys steer, drawn again and again; keeps the score. libs: -lgdi32 */
#include <windows.h>
#include <stdio.h>
int main(void) {
    static const int keys[] = {VK_LEFT, VK_RIGHT, VK_UP, VK_DOWN, VK_SPACE, VK_ESCAPE};
    int x = 100, score = 0;
    HDC place = GetDC(NULL);
    for (int frame = 0; frame < 300; frame++) {
        for (int i = 0; i < 5; i++) if (GetAsyncKeyState(keys[i]) & 0x8000) { x += 3; score++; }
        Ellipse(place, x, 50, x + 16, 66);
        Sleep(16);
    }
    FILE *kept = fopen("C:\\Users\\anna\\Documents\\score.txt", "w");
    if (kept) { fprintf(kept, "%d\n", score); fclose(kept); }
    return 0;
}
