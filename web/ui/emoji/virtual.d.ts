// Made by emoji_data.ts in the folder of the web build.
declare module "virtual:emoji/*" {
  const groups: readonly import("./groups").EmojiGroup[];
  export default groups;
}
