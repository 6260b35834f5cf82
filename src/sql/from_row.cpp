// SPDX-License-Identifier: MIT

#include <patio/sql/from_row.hpp>

namespace patio::sql::detail {

void throw_wrong_width(std::size_t wanted, const row& found) {
    std::string names;
    for (std::size_t index = 0; index < found.size(); ++index)
        names += (index == 0 ? " '" : ", '") + found.name(index) + "'";
    throw conversion_error{"wanted a row of " + std::to_string(wanted) +
                           (wanted == 1 ? " column" : " columns") + ", found " +
                           std::to_string(found.size()) + ":" + names};
}

}  // namespace patio::sql::detail
