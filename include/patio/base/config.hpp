// SPDX-License-Identifier: MIT
#pragma once

// What the headers must know about the build: the export mark, and whether a sanitizer watches.
//
// Nothing else belongs here. A switch that changed a public header would give two translation units
// of one program different ideas of the same class; optional features are whole targets instead.

/// Marks what a shared build of the library shows to its users; everything else stays hidden.
///
/// **Use** it on every class that is thrown or has members in a `.cpp` file, and on every function
/// that is declared in a public header and defined in a `.cpp` file.
#define PATIO_EXPORT [[gnu::visibility("default")]]

/// 1 when this translation unit is built with AddressSanitizer, otherwise 0.
///
/// It may change what a function *does* (poison a freed frame), never the layout of a type.
#if defined(__SANITIZE_ADDRESS__)
#define PATIO_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PATIO_HAS_ASAN 1
#endif
#endif
#ifndef PATIO_HAS_ASAN
#define PATIO_HAS_ASAN 0
#endif

/// 1 when this translation unit is built with ThreadSanitizer, otherwise 0.
#if defined(__SANITIZE_THREAD__)
#define PATIO_HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PATIO_HAS_TSAN 1
#endif
#endif
#ifndef PATIO_HAS_TSAN
#define PATIO_HAS_TSAN 0
#endif
