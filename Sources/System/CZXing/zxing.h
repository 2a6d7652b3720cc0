// The barcode library's own headers. Only CBarcodeShim, which is C++, may include them: see its header.
#pragma once
#ifndef ZX_USE_UTF8
#define ZX_USE_UTF8 1
#endif
#include <ReadBarcode.h>
#include <ZXVersion.h>
