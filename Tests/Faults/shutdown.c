// Shuts a mounted filesystem down as a power cut would: what is not on the disk by now never will be.
//
//     shutdown MOUNTPOINT 2
//
// EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are one number; 2 is "without flushing the log".
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int count, char **words) {
  if (count != 3) return 64;
  uint32_t how = (uint32_t)atoi(words[2]);
  int folder = open(words[1], O_RDONLY | O_DIRECTORY);
  if (folder < 0 || ioctl(folder, _IOR('X', 125, uint32_t), &how) < 0) {
    perror(words[1]);
    return 1;
  }
  return 0;
}
