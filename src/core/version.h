/* The one place that says the version. */

#ifndef GRAY_CORE_VERSION_H
#define GRAY_CORE_VERSION_H

#define GRAY_VERSION "0.1.0"

#endif
