// The files of notes and messages: those that are uploaded with one, and those that it has.
export { Attachments } from "./attachments";
export { giveBack, useChatFiles, type ChatFiles } from "./chat_files";
export { useNoteFiles, type NoteFiles } from "./note_files";
export { fileTexts } from "./texts";
export { AttachButton, AttachIcon, UploadList } from "./upload_list";
