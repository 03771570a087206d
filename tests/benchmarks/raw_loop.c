/*
 * What forwarding costs at the least: one thread that writes headers, seals with AES-128-GCM and sends runs by UDP GSO,
 * and does nothing else. No RTP timing, no routing, no reports: the yardstick of `python -m tests.benchmarks.raw_loop`.
 *
 * Usage: raw_loop PACKETS_A_FRAME PACKET_BYTES FRAMES FRAMES_A_SECOND PORT...
 * Sends each frame to every port of 127.0.0.1 when it is due; prints CPU seconds, packets sent and packets refused.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define UDP_SEGMENT_OPTION 103
#define GET_TAG 16
#define HEADER 12
#define TAG 16
#define BATCH 64
#define BUFFER_BYTES (4 * 65536)

/* libcrypto, by name at run time: its headers need not be installed. */
static void *(*context_new)(void);
static const void *(*aes_128_gcm)(void);
static int (*init)(void *, const void *, void *, const unsigned char *, const unsigned char *);
static int (*update)(void *, unsigned char *, int *, const unsigned char *, int);
static int (*final)(void *, unsigned char *, int *);
static int (*control)(void *, int, int, void *);

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found)
        fail(name);
    return found;
}

static void load_libcrypto(void)
{
    void *library = dlopen("libcrypto.so.3", RTLD_NOW);
    if (!library)
        fail("libcrypto.so.3");
    context_new = symbol(library, "EVP_CIPHER_CTX_new");
    aes_128_gcm = symbol(library, "EVP_aes_128_gcm");
    init = symbol(library, "EVP_EncryptInit_ex");
    update = symbol(library, "EVP_EncryptUpdate");
    final = symbol(library, "EVP_EncryptFinal_ex");
    control = symbol(library, "EVP_CIPHER_CTX_ctrl");
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1e-6 * (used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

struct viewer {
    struct sockaddr_in address;
    void *context;
    uint32_t ssrc;
};

struct envelope {
    struct iovec run;
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } control;
};

static unsigned char buffer[BUFFER_BYTES];
static struct mmsghdr messages[BATCH];
static struct envelope envelopes[BATCH];
static long sent, refused;

static void seal(struct viewer *to, const unsigned char *payload, int payload_bytes, uint32_t sequence, unsigned char *out)
{
    unsigned char nonce[12] = {0};
    uint16_t low = htons((uint16_t)sequence);
    uint32_t ssrc = htonl(to->ssrc), stamp = htonl(sequence * 10);
    int written;

    out[0] = 0x80;
    out[1] = 96;
    memcpy(out + 2, &low, 2);
    memcpy(out + 4, &stamp, 4);
    memcpy(out + 8, &ssrc, 4);
    memcpy(nonce + 2, &ssrc, 4);
    memcpy(nonce + 8, &stamp, 4);
    if (init(to->context, NULL, NULL, NULL, nonce) != 1 || update(to->context, NULL, &written, out, HEADER) != 1 ||
        update(to->context, out + HEADER, &written, payload, payload_bytes) != 1 ||
        final(to->context, out + HEADER + payload_bytes, &written) != 1 ||
        control(to->context, GET_TAG, TAG, out + HEADER + payload_bytes) != 1)
        fail("libcrypto");
}

static void send_batch(int sock, int count, int packets)
{
    int done = 0;
    while (done < count) {
        int taken = sendmmsg(sock, messages + done, count - done, MSG_DONTWAIT);
        if (taken <= 0) {
            refused += packets;
            taken = 1;
        } else {
            sent += (long)taken * packets;
        }
        done += taken;
    }
}

static void send_frame(int sock, struct viewer *viewers, int viewer_count, const unsigned char *payload, int packets,
                       int packet_bytes, uint32_t frame)
{
    int sealed_bytes = packet_bytes + TAG, run_bytes = sealed_bytes * packets, count = 0, used = 0;

    for (int v = 0; v < viewer_count; v++) {
        if (count == BATCH || used + run_bytes > BUFFER_BYTES) {
            send_batch(sock, count, packets);
            count = used = 0;
        }
        for (int p = 0; p < packets; p++)
            seal(&viewers[v], payload, packet_bytes - HEADER, frame * packets + p, buffer + used + p * sealed_bytes);
        envelopes[count].run.iov_base = buffer + used;
        envelopes[count].run.iov_len = run_bytes;
        messages[count].msg_hdr.msg_name = &viewers[v].address;
        messages[count].msg_hdr.msg_namelen = sizeof viewers[v].address;
        used += run_bytes;
        count++;
    }
    send_batch(sock, count, packets);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "usage: raw_loop PACKETS_A_FRAME PACKET_BYTES FRAMES FRAMES_A_SECOND PORT...\n");
        return 2;
    }
    int packets = atoi(argv[1]), packet_bytes = atoi(argv[2]), frames = atoi(argv[3]), rate = atoi(argv[4]);
    int viewer_count = argc - 5, send_buffer = 8 << 20;
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    struct viewer *viewers = calloc(viewer_count, sizeof *viewers);
    unsigned char *payload = malloc(packet_bytes), key[16], nonce[12] = {0};
    uint16_t segment = packet_bytes + TAG;
    struct timespec due;

    if (sock < 0 || !viewers || !payload || packets < 1 || rate < 1 || packet_bytes <= HEADER ||
        packets * (packet_bytes + TAG) > 65000)
        fail("arguments");
    load_libcrypto();
    setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof send_buffer);
    memset(payload, 7, packet_bytes);
    for (int v = 0; v < viewer_count; v++) {
        viewers[v].address.sin_family = AF_INET;
        viewers[v].address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        viewers[v].address.sin_port = htons((uint16_t)atoi(argv[5 + v]));
        viewers[v].ssrc = 1000 + v;
        memset(key, v & 0xFF, sizeof key);
        viewers[v].context = context_new();
        if (!viewers[v].context || init(viewers[v].context, aes_128_gcm(), NULL, key, nonce) != 1)
            fail("libcrypto");
    }
    for (int n = 0; n < BATCH; n++) {
        struct msghdr *header = &messages[n].msg_hdr;
        header->msg_iov = &envelopes[n].run;
        header->msg_iovlen = 1;
        header->msg_control = envelopes[n].control.bytes;
        header->msg_controllen = sizeof envelopes[n].control.bytes;
        struct cmsghdr *option = CMSG_FIRSTHDR(header);
        option->cmsg_level = IPPROTO_UDP;
        option->cmsg_type = UDP_SEGMENT_OPTION;
        option->cmsg_len = CMSG_LEN(sizeof segment);
        memcpy(CMSG_DATA(option), &segment, sizeof segment);
    }
    clock_gettime(CLOCK_MONOTONIC, &due);
    double began = cpu_seconds();
    for (int frame = 0; frame < frames; frame++) {
        due.tv_nsec += 1000000000L / rate;
        if (due.tv_nsec >= 1000000000L) {
            due.tv_nsec -= 1000000000L;
            due.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        send_frame(sock, viewers, viewer_count, payload, packets, packet_bytes, frame);
    }
    printf("%.6f %ld %ld\n", cpu_seconds() - began, sent, refused);
    return 0;
}
