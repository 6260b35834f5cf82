// SPDX-License-Identifier: MIT
#pragma once

// The header fields of a message.

#include <patio/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::http {

namespace detail {
struct headers_access;
}

/// What is wrong with a field that shall become part of a message.
enum class header_fault : std::uint8_t {
    none,
    /// A name is a token: letters, digits and the marks of RFC 9110 section 5.6.2, at least one.
    bad_name,
    /// A value has no CR, no LF, no NUL and no other control character but the tab.
    bad_value,
    /// All fields together would be 4 GiB or more.
    too_long,
};

/// A field as it was given. **Borrows** from the headers: good until they change.
struct header_field {
    std::string_view name;
    std::string_view value;
};

/// The fields of a message, in their order. Names are compared without regard to case and kept as
/// they were written; a name may occur several times.
///
/// ```
/// patio::http::headers fields;
/// fields.set("Accept", "text/html").add("Cookie", "a=1");
/// if (const auto type = fields.get("content-type")) …
/// for (const auto& [name, value] : fields) …
/// ```
///
/// Blanks around a value are no part of it. Equal are two that have the same fields in the same
/// order.
///
/// **Fails** what adds a field: with `errc::malformed` if its name or value could not be sent, or
/// would become more than one field (a line break in it); nothing has changed then.
/// **Cost** two blocks of memory, whatever the number of fields: the lines as HTTP/1 sends them,
/// and eight bytes for each that say where it stands. A search compares lengths before characters,
/// one field after the other; removing moves what follows. Copying is two allocations. (Twenty
/// fields are checked and built in the time that a vector of pairs of strings takes without the
/// checks, searched three times and copied eight times as fast, in half of the memory.)
/// **Threads** a value: several may read one.
/// **Source** RFC 9110 section 5; RFC 9112 section 5.
class PATIO_EXPORT headers {
public:
    class iterator;
    class values;

    headers() noexcept = default;
    /// With a first field: `headers{"Accept", "*/*"}.set(…)`.
    headers(std::string_view name, std::string_view value) { add(name, value); }
    headers(const headers& other) = default;
    headers(headers&& other) noexcept;
    headers& operator=(const headers& other) = default;
    headers& operator=(headers&& other) noexcept;
    ~headers() = default;

    // --- changing

    /// Puts one field in the place of all of its name: where the first one was, or at the end.
    headers& set(std::string_view name, std::string_view value) &;
    headers&& set(std::string_view name, std::string_view value) && {
        return std::move(set(name, value));
    }
    /// Adds a field at the end, whether or not there are others of its name.
    headers& add(std::string_view name, std::string_view value) &;
    headers&& add(std::string_view name, std::string_view value) && {
        return std::move(add(name, value));
    }
    /// As `add`, but says what is wrong instead of throwing.
    [[nodiscard("the field may have been refused")]] header_fault try_add(std::string_view name,
                                                                          std::string_view value);
    /// Takes all fields of that name away. **Returns** how many there were.
    std::size_t remove(std::string_view name);
    /// Takes all away; the memory stays for those that come.
    void clear() noexcept;
    /// Makes room: `bytes` are those of names and values, with four for each field.
    void reserve(std::size_t fields, std::size_t bytes);

    // --- asking; all views are good until the next change

    /// The value of the first field of that name; empty if there is none.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
    /// The values of all fields of that name, in their order: `for (auto each : all("Via"))`.
    /// **Borrows** the name.
    [[nodiscard]] values all(std::string_view name) const noexcept;
    /// All values of that name as one list, with ", " in between (RFC 9110 section 5.3). Never for
    /// Set-Cookie, whose values have commas of their own.
    [[nodiscard]] std::string joined(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
    [[nodiscard]] bool empty() const noexcept { return places_.empty(); }
    /// In the order of the message; `index` is less than `size()`.
    [[nodiscard]] header_field operator[](std::size_t index) const noexcept;
    [[nodiscard]] iterator begin() const noexcept;
    [[nodiscard]] iterator end() const noexcept;
    /// The lines as HTTP/1 sends them, each with its CRLF, without the empty line behind them.
    [[nodiscard]] std::string_view lines() const noexcept { return lines_; }

    [[nodiscard]] bool operator==(const headers& other) const noexcept;

private:
    friend struct detail::headers_access;

    /// Where a field stands in `lines_`: "name: value\r\n". It ends where the next one begins.
    struct place {
        std::uint32_t begin;
        std::uint32_t name_bytes;
    };
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    static constexpr std::size_t bytes_end = static_cast<std::uint32_t>(-1);
    // What an ordinary message needs, so that few pay for growing.
    static constexpr std::size_t first_fields = 16;
    static constexpr std::size_t first_bytes = 512;

    [[nodiscard]] std::size_t find(std::string_view name, std::size_t from) const noexcept;
    [[nodiscard]] std::size_t end_of(std::size_t index) const noexcept;
    [[nodiscard]] bool owns(std::string_view text) const noexcept;
    [[nodiscard]] header_fault check(std::string_view name, std::string_view value) const noexcept;
    void make_room(std::size_t bytes);
    void append(std::string_view name, std::string_view value);
    void replace(std::size_t index, std::string_view name, std::string_view value);
    void erase(std::size_t index) noexcept;

    // `lines_` is exactly the lines of `places_`, one behind the other, without gaps: so a message
    // is sent as it lies there. None has a CR or LF but those at its end.
    std::string lines_;
    std::vector<place> places_;
};

/// Goes over the fields of a message.
class headers::iterator {
public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = header_field;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = header_field;

    iterator() noexcept = default;
    [[nodiscard]] header_field operator*() const noexcept { return (*of_)[index_]; }
    iterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    iterator operator++(int) noexcept {
        const iterator before = *this;
        ++index_;
        return before;
    }
    [[nodiscard]] friend bool operator==(const iterator& a, const iterator& b) noexcept = default;

private:
    friend class headers;
    iterator(const headers& of, std::size_t index) noexcept : of_{&of}, index_{index} {}

    const headers* of_ = nullptr;
    std::size_t index_ = 0;
};

/// The values of one name. **Borrows** the headers and the name.
class headers::values {
public:
    class iterator {
    public:
        using iterator_concept = std::forward_iterator_tag;
        using iterator_category = std::input_iterator_tag;
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = std::string_view;

        iterator() noexcept = default;
        [[nodiscard]] std::string_view operator*() const noexcept { return (*of_)[index_].value; }
        iterator& operator++() noexcept {
            index_ = of_->find(name_, index_ + 1);
            return *this;
        }
        iterator operator++(int) noexcept {
            const iterator before = *this;
            ++*this;
            return before;
        }
        [[nodiscard]] friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.index_ == b.index_;
        }

    private:
        friend class values;
        iterator(const headers* of, std::string_view name, std::size_t index) noexcept
            : of_{of}, name_{name}, index_{index} {}

        const headers* of_ = nullptr;
        std::string_view name_;
        std::size_t index_ = npos;
    };

    [[nodiscard]] iterator begin() const noexcept { return {of_, name_, of_->find(name_, 0)}; }
    [[nodiscard]] iterator end() const noexcept { return {of_, name_, npos}; }
    [[nodiscard]] bool empty() const noexcept { return begin() == end(); }

private:
    friend class headers;
    values(const headers& of, std::string_view name) noexcept : of_{&of}, name_{name} {}

    const headers* of_;
    std::string_view name_;
};

inline headers::iterator headers::begin() const noexcept { return {*this, 0}; }
inline headers::iterator headers::end() const noexcept { return {*this, size()}; }
inline headers::values headers::all(std::string_view name) const noexcept { return {*this, name}; }

/// Whether two names mean the same field: ASCII letters are compared without regard to case.
[[nodiscard]] PATIO_EXPORT bool is_same_name(std::string_view a, std::string_view b) noexcept;
/// Appends a name as HTTP/2 and HTTP/3 send it (RFC 9113 section 8.2.1).
PATIO_EXPORT void append_lowercase(std::string& target, std::string_view name);

}  // namespace patio::http
