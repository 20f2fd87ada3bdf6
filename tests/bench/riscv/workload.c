// SPDX-License-Identifier: Apache-2.0
// The guest program of the interpreter benchmark: the kinds of work CoreMark mixes (linked list,
// matrix, state machine, CRC) in a loop without end. Freestanding; entry() is the first function of
// the image.
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

enum { kNodes = 64, kSize = 12, kText = 256 };

struct node {
  struct node* next;
  u16 key;
  u16 data;
};

static struct node nodes[kNodes];
static int a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];
static u8 text[kText];
static volatile u32 result;

static u16 crc16(u32 value, u16 crc) {
  for (int i = 0; i < 32; ++i) {
    const u32 bit = (value ^ crc) & 1;
    value >>= 1;
    crc >>= 1;
    if (bit) crc ^= 0xa001;
  }
  return crc;
}

static struct node* reverse(struct node* list) {
  struct node* out = 0;
  while (list) {
    struct node* const next = list->next;
    list->next = out;
    out = list;
    list = next;
  }
  return out;
}

static u32 list_work(u32 seed) {
  for (int i = 0; i < kNodes; ++i) {
    nodes[i].next = i + 1 < kNodes ? &nodes[i + 1] : 0;
    nodes[i].key = (u16)(seed + 7 * i);
    nodes[i].data = (u16)(seed ^ i);
  }
  struct node* const list = reverse(nodes);
  u32 sum = 0;
  for (int find = 0; find < 8; ++find) {
    for (struct node* n = list; n; n = n->next) {
      if (n->key == (u16)(seed + 63 * find)) {
        sum += n->data;
        break;
      }
    }
  }
  return sum;
}

static u32 matrix_work(u32 seed) {
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) {
      a[i][j] = (int)(seed + i - j);
      b[i][j] = (int)(seed ^ (i * j));
    }
  }
  u32 sum = 0;
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) {
      int acc = 0;
      for (int k = 0; k < kSize; ++k) acc += a[i][k] * b[k][j];
      c[i][j] = acc;
      sum += (u32)(acc % 1000);
    }
  }
  return sum;
}

static u32 state_work(u32 seed) {
  static const u8 alphabet[8] = {'0', '7', '.', 'e', '-', '+', ',', 'x'};
  for (int i = 0; i < kText; ++i) {
    seed = seed * 1664525u + 1013904223u;
    text[i] = alphabet[seed >> 29];
  }
  enum { kStart, kInt, kFrac, kExp, kBad } state = kStart;
  u32 count[5] = {0, 0, 0, 0, 0};
  for (int i = 0; i < kText; ++i) {
    const u8 ch = text[i];
    if (ch == ',') {
      state = kStart;
    } else if (ch >= '0' && ch <= '9') {
      if (state == kStart) state = kInt;
    } else if (ch == '.') {
      state = state == kInt ? kFrac : kBad;
    } else if (ch == 'e') {
      state = state == kFrac ? kExp : kBad;
    } else {
      state = state == kStart ? kInt : kBad;
    }
    ++count[state];
  }
  return count[0] + 3 * count[1] + 5 * count[2] + 7 * count[3] + 11 * count[4];
}

__attribute__((noreturn, used)) static void work(void) {
  u16 crc = 0;
  for (u32 i = 0;; ++i) {
    crc = crc16(list_work(i), crc);
    crc = crc16(matrix_work(i), crc);
    crc = crc16(state_work(i), crc);
    result = crc;
  }
}

__attribute__((naked, used, section(".text.entry"))) void entry(void) {
  __asm__ volatile("li sp, 0x80100000\n j work");
}
