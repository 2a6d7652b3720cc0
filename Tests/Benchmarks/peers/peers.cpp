// Debian's zbar and zxing-cpp 1.4 over a folder of PBM or PGM pages: `peers SET FOLDER REPEAT`.
//
// Writes the lines that Tests/Benchmarks/README.md describes under "Lines". Each setting runs in a child process,
// because zxing-cpp 1.4 is built with assertions and aborts on some pages: the page is then counted as aborted, and a
// new child goes on behind it.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

// In this order: ZXing/Error.h makes a macro of `Error`, which zbar uses as a name.
#include <zbar.h>
#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>

namespace fs = std::filesystem;

/// A page as the engines want it: one byte a pixel, 0 is black.
struct Page {
  int width = 0, height = 0;
  std::vector<uint8_t> gray;
  double expandMilliseconds = 0;
};

struct Read {
  std::string symbology, bytes;
};

struct Setting {
  std::string engine, name;
  std::function<std::vector<Read>(const Page &)> run;
};

static double cpuMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static Page load(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  Page page;
  file >> magic >> page.width >> page.height;
  if (magic == "P5") {
    int depth;
    file >> depth;
  }
  file.get();
  std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
  if (magic == "P5") {
    page.gray = std::move(bytes);
    return page;
  }
  static const auto table = [] {
    std::array<std::array<uint8_t, 8>, 256> table{};
    for (int byte = 0; byte < 256; byte++)
      for (int bit = 0; bit < 8; bit++) table[byte][bit] = byte >> (7 - bit) & 1 ? 0 : 255;
    return table;
  }();
  const int stride = (page.width + 7) / 8;
  page.gray.resize(size_t(page.width) * page.height);
  const double start = cpuMilliseconds();
  for (int y = 0; y < page.height; y++) {
    uint8_t *row = &page.gray[size_t(y) * page.width];
    const uint8_t *packed = &bytes[size_t(y) * stride];
    for (int x = 0; x < page.width; x += 8) std::copy_n(table[packed[x / 8]].data(), std::min(8, page.width - x), row + x);
  }
  page.expandMilliseconds = cpuMilliseconds() - start;
  return page;
}

// zbar

static std::string nameOf(zbar::zbar_symbol_type_t type) {
  switch (type) {
    case zbar::ZBAR_CODE128: return "code128";
    case zbar::ZBAR_CODE39: return "code39";
    case zbar::ZBAR_I25: return "itf";
    case zbar::ZBAR_CODABAR: return "codabar";
    case zbar::ZBAR_QRCODE: return "qr";
    case zbar::ZBAR_PDF417: return "pdf417";
    default: return std::string("other:") + zbar::zbar_get_symbol_name(type);
  }
}

/// `only`: the symbologies to read, empty for zbar's own default; `density`: every how many rows and columns.
static Setting zbarSetting(const std::string &name, std::vector<zbar::zbar_symbol_type_t> only, int density) {
  return {"zbar-0.23", name, [=](const Page &page) {
    zbar::ImageScanner scanner;
    if (!only.empty()) {
      scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
      for (auto type : only) scanner.set_config(type, zbar::ZBAR_CFG_ENABLE, 1);
    }
    scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_X_DENSITY, density);
    scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_Y_DENSITY, density);
    zbar::Image image(page.width, page.height, "Y800", page.gray.data(), page.gray.size());
    scanner.scan(image);
    std::vector<Read> reads;
    for (auto symbol = image.symbol_begin(); symbol != image.symbol_end(); ++symbol)
      reads.push_back({nameOf(symbol->get_type()), symbol->get_data()});
    image.set_data(nullptr, 0);
    return reads;
  }};
}

// zxing-cpp

static std::string nameOf(ZXing::BarcodeFormat format) {
  switch (format) {
    case ZXing::BarcodeFormat::Code128: return "code128";
    case ZXing::BarcodeFormat::Code39: return "code39";
    case ZXing::BarcodeFormat::ITF: return "itf";
    case ZXing::BarcodeFormat::Codabar: return "codabar";
    case ZXing::BarcodeFormat::DataMatrix: return "datamatrix";
    case ZXing::BarcodeFormat::QRCode: return "qr";
    case ZXing::BarcodeFormat::PDF417: return "pdf417";
    case ZXing::BarcodeFormat::Aztec: return "aztec";
    default: return std::string("other:") + ZXing::ToString(format);
  }
}

static Setting zxingSetting(const std::string &name, ZXing::BarcodeFormats formats, bool downscale) {
  return {"zxing-1.4", name, [=](const Page &page) {
    auto hints = ZXing::DecodeHints().setFormats(formats).setTryDownscale(downscale);
    std::vector<Read> reads;
    for (auto &result : ZXing::ReadBarcodes({page.gray.data(), page.width, page.height, ZXing::ImageFormat::Lum}, hints))
      if (result.isValid())
        reads.push_back({nameOf(result.format()), std::string(result.bytes().begin(), result.bytes().end())});
    return reads;
  }};
}

// Output

static std::string escaped(const std::string &bytes) {
  std::string text;
  for (unsigned char byte : bytes) {
    char hex[4];
    snprintf(hex, sizeof hex, "%%%02X", byte);
    text += byte > 0x20 && byte < 0x7F && byte != '%' ? std::string(1, char(byte)) : std::string(hex);
  }
  return text;
}

static void run(const Setting &setting, const std::string &set, const fs::path &path, int repeat) {
  const Page page = load(path);
  std::vector<double> times;
  std::vector<Read> reads;
  for (int round = 0; round < repeat; round++) {
    const double start = cpuMilliseconds();
    reads = setting.run(page);
    times.push_back(cpuMilliseconds() - start);
  }
  std::sort(times.begin(), times.end());
  const std::string head = setting.engine + "\t" + setting.name + "\t" + set + "\t" + path.filename().string();
  printf("page\t%s\t%.4f\t%.4f\n", head.c_str(), times[times.size() / 2], page.expandMilliseconds);
  for (auto &read : reads) printf("read\t%s\t%s\t%s\n", head.c_str(), read.symbology.c_str(), escaped(read.bytes).c_str());
  fflush(stdout);
}

/// The number of the page that the child died on, or the count of pages.
static size_t runChild(const Setting &setting, const std::string &set, const std::vector<fs::path> &pages, size_t from,
                       int repeat) {
  int progress[2];
  if (pipe(progress) != 0) exit(1);
  if (fork() == 0) {
    close(progress[0]);
    if (!freopen("/dev/null", "w", stderr)) _exit(1);
    for (size_t at = from; at < pages.size(); at++) {
      run(setting, set, pages[at], repeat);
      if (write(progress[1], "", 1) != 1) _exit(1);
    }
    _exit(0);
  }
  close(progress[1]);
  char byte;
  while (read(progress[0], &byte, 1) == 1) from++;
  close(progress[0]);
  wait(nullptr);
  return from;
}

int main(int count, char **arguments) {
  if (count != 4) return fprintf(stderr, "usage: peers SET FOLDER REPEAT\n"), 64;
  const std::string set = arguments[1];
  std::vector<fs::path> pages;
  for (auto &entry : fs::directory_iterator(arguments[2]))
    if (entry.path().extension() == ".pbm" || entry.path().extension() == ".pgm") pages.push_back(entry.path());
  std::sort(pages.begin(), pages.end());

  using ZXing::BarcodeFormat;
  const auto linear = BarcodeFormat::Code128 | BarcodeFormat::Code39 | BarcodeFormat::ITF | BarcodeFormat::Codabar;
  const auto six = BarcodeFormat::Code128 | BarcodeFormat::Code39 | BarcodeFormat::ITF | BarcodeFormat::DataMatrix |
                   BarcodeFormat::QRCode | BarcodeFormat::PDF417;
  const std::vector<Setting> settings = {
    zbarSetting("default", {}, 1),
    zbarSetting("c128+c39 density 8", {zbar::ZBAR_CODE128, zbar::ZBAR_CODE39}, 8),
    zxingSetting("default", {}, true),
    zxingSetting("six, no downscale", six, false),
    zxingSetting("eight, no downscale", six | BarcodeFormat::Codabar | BarcodeFormat::Aztec, false),
    zxingSetting("linear, no downscale", linear, false),
  };
  for (auto &setting : settings)
    for (size_t at = 0; at < pages.size(); at++) {
      at = runChild(setting, set, pages, at, std::atoi(arguments[3]));
      if (at < pages.size())
        printf("abort\t%s\t%s\t%s\t%s\n", setting.engine.c_str(), setting.name.c_str(), set.c_str(),
               pages[at].filename().c_str());
      fflush(stdout);
    }
}
